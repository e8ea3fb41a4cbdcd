# A host function that panics, again and again, also when objects die.
#
# outcome: value {"panics":[true],"well":[1]}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# host: yes
import vivarium


class Late:
    def __del__(self):
        vivarium.call("panics")


def run(params):
    panics = set()
    for n in range(100):
        try:
            vivarium.call("panics", n=n)
        except vivarium.HostError as error:
            panics.add("a host function's fault" in str(error))
        Late()
    return {"panics": list(panics), "well": vivarium.call("echo", a=[1])["a"]}
