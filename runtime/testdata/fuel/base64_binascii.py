import base64
import binascii


def run(params):
    data = bytes(i * i % 256 for i in range(2000))
    rounds = [base64.b64decode(base64.b64encode(data)), base64.b32decode(base64.b32encode(data)), base64.b85decode(base64.b85encode(data)), base64.a85decode(base64.a85encode(data))]
    return [all(r == data for r in rounds), binascii.crc_hqx(data, 0), base64.urlsafe_b64encode(data[-5:]).decode()]
