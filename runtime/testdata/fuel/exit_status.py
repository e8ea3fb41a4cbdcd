import sys

table = [i * i for i in range(1000)]
sys.exit(sum(table) % 251 + 1)
