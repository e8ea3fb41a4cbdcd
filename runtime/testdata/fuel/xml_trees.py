import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape


def run(params):
    root = ET.Element("root")
    for i in range(60):
        child = ET.SubElement(root, "item", id=str(i))
        child.text = f"<{i}> & ü"
    text = ET.tostring(root, encoding="unicode")
    again = ET.fromstring(text)
    return [len(text), again.find(".//item[@id='7']").text, len(list(again.iter("item"))), escape("<&>")]
