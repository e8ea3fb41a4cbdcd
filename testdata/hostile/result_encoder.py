# The encoder is replaced by one that writes no JSON.
# Before its first run this expected the text of a ValueError: but errors go through the encoder, too.
#
# outcome: exception Exception: kept from being described
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import json

import _vivarium_json


def run(params):
    json.JSONEncoder.encode = json.JSONEncoder.iterencode = json.dumps = lambda *args: "{"
    json.encoder.c_make_encoder = None
    _vivarium_json._encode = lambda value: '{"value":' + chr(0x1F600) * 1000
    _vivarium_json.MAX_DEPTH = 10**9
    return {"honest": True}
