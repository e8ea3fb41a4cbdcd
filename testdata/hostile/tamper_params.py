# Params that are code to somebody: they stay data.
#
# outcome: value {"code":"__import__('os')._exit(1)","dict":{"__class__":"os","__reduce__":["os.system","x"],"":"\u0000"}}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# params: {"code":"__import__('os')._exit(1)","dict":{"__class__":"os","__reduce__":["os.system","x"],"":null}}
def run(params):
    assert type(params) is dict and all(type(v) in (str, dict) for v in params.values())
    params["dict"][""] = chr(0)
    return params
