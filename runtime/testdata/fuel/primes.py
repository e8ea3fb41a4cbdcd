sieve = bytearray([1]) * 20000
sieve[0:2] = b"\0\0"
for i in range(2, 142):
    if sieve[i]:
        sieve[i * i :: i] = bytes(len(range(i * i, len(sieve), i)))
print(sum(sieve))
