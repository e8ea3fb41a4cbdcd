import sys

for i in range(150):
    print(i, "squared is", i * i, sep="\t", file=sys.stderr if i % 10 == 0 else sys.stdout)
sys.stdout.write("done\n")
