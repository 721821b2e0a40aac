#!/usr/bin/python3
"""A client of gRPC: asks the server at the Unix socket that is its first argument for /echo.Echo/Say and /echo.Echo/Talk,
with metadata of the others (`name=value`). Says what each answers, or the status that it fails with."""
import queue
import sys

import grpc

channel = grpc.insecure_channel("unix:" + sys.argv[1])
metadata = [tuple(pair.split("=", 1)) for pair in sys.argv[2:]]


def say():
    return [channel.unary_unary("/echo.Echo/Say")(b"hello", metadata=metadata, timeout=20)]


def talk():
    """The second word is said when the first has been answered."""
    words = queue.Queue()
    answers = channel.stream_stream("/echo.Echo/Talk")(iter(words.get, None), metadata=metadata, timeout=20)
    for word in b"one", b"two":
        words.put(word)
        yield next(answers)
    words.put(None)
    yield from answers


for call in say, talk:
    try:
        for answer in call():
            print(call.__name__, answer.decode(), flush=True)
    except grpc.RpcError as error:
        print(call.__name__, error.code().name, flush=True)
