# XML that is two hundred thousand elements deep, and written again.
#
# outcome: exception RecursionError
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s

from xml.etree import ElementTree


def run(params):
    deep = ElementTree.fromstring("<a>" * 200_000 + "</a>" * 200_000)
    return len(ElementTree.tostring(deep))
