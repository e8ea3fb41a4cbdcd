# A linked list of a million things that are freed together.
#
# outcome: value "freed"
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s

class Link:
    def __init__(self, next):
        self.next = next


def run(params):
    head = None
    for _ in range(300_000):
        head = Link(head)
    del head
    return "freed"
