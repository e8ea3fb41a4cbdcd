# A pickle of eight bytes that wants a memo of 2 GiB.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import pickle


def run(params):
    return pickle.loads(b"\x80\x03Nr\xff\xff\xff\x0f.")
