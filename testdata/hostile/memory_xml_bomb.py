# A billion laughs.
#
# outcome: exception xml.parsers.expat.ExpatError: limit on input amplification
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s

from xml.dom import minidom

laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
minidom.parseString(f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]><x>&l11;</x>')
