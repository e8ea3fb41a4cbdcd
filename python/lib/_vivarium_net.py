"""What the socket module says while no network policy grants sockets."""

import errno


def refuse(*args, **kwargs):
    raise OSError(errno.EACCES, "sockets are not available in this sandbox: no network policy grants them")


def install(_socket):
    """Gives _socket the functions WASI lacks, so that calling them is an OSError, not an AttributeError."""
    for name in (
        "getaddrinfo", "getnameinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getservbyname",
        "getservbyport", "getprotobyname", "socketpair", "if_nameindex", "if_nametoindex", "if_indextoname",
    ):
        if not hasattr(_socket, name):
            setattr(_socket, name, refuse)
    _socket.gethostname = lambda: "localhost"
