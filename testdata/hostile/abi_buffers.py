# Buffers that would change their size and their content while the host reads them.
#
# outcome: value {"resized":false,"last":true}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import array

import gc

import _vivarium


class Name(str):
    def encode(self, *args):
        raise SystemExit("nobody asks for this")


def run(params):
    resized = False
    data = bytearray(b"[1,2,3]")
    view = memoryview(data)
    try:
        data.extend(b" " * 1000)
        resized = True
    except BufferError:
        pass
    _vivarium.result(view)
    view.release()
    data.clear()
    for typecode in "bBuwhHiIlLqQfd":
        numbers = array.array(typecode)
        _vivarium_refuses(numbers)
    huge = bytearray(60 << 20)
    _vivarium_refuses(huge)
    del huge
    gc.collect()
    _vivarium.log(2, Name("a log"))
    return {"resized": resized, "last": True}


def _vivarium_refuses(data):
    for take in (_vivarium.result, _vivarium.error):
        try:
            take(data)
        except (ValueError, OverflowError, BufferError):
            continue
        raise SystemExit(f"{data!r:.100} was taken")
