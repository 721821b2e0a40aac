#!/usr/bin/env python3
"""The links between the nodes of a cluster, to be cut.

  tests/chaos/links.py ANNOUNCED:REAL...

Whoever connects to a node's announced port on 127.0.0.1 reaches its real one. Node 0 connects from 127.0.0.10, node 1
from 127.0.0.11, and so on. Lines of standard input are the numbers of nodes that are cut off from all others now, with
spaces; an empty one mends all. Each is answered with `done`.
"""
import asyncio
import sys

FIRST_SOURCE = 10  # last part of node 0's address
PORTS = [tuple(map(int, word.split(":"))) for word in sys.argv[1:]]
cut = set()
links = set()  # nodes at both ends, and the writers that a cut closes


async def pump(reader, writer):
    try:
        while block := await reader.read(65536):
            writer.write(block)
            await writer.drain()
    except OSError:
        pass
    writer.close()


async def link(target, reader, writer):
    ends = frozenset((target, int(writer.get_extra_info("peername")[0].split(".")[3]) - FIRST_SOURCE))
    if ends & cut:
        return writer.close()
    try:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", PORTS[target][1])
    except OSError:
        return writer.close()
    this = (ends, writer, far_writer)
    links.add(this)
    await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
    links.discard(this)


def obey(line):
    cut.clear()
    cut.update(map(int, line.split()))
    for ends, *writers in links:
        if ends & cut:
            for writer in writers:
                writer.close()


async def main():
    for target, (announced, _) in enumerate(PORTS):
        await asyncio.start_server(lambda r, w, target=target: link(target, r, w), "127.0.0.1", announced)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    print("done", flush=True)
    while line := await lines.readline():
        obey(line)
        print("done", flush=True)


asyncio.run(main())
