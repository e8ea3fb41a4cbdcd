import hashlib
import hmac


def run(params):
    data = b"0123456789abcdef" * 500
    digests = {name: hashlib.new(name, data).hexdigest()[:12] for name in ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b", "blake2s")}
    return [digests, hashlib.shake_128(b"x").hexdigest(8), hmac.new(b"key", data, "sha256").hexdigest()[:12]]
