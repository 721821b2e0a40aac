#!/usr/bin/python3
"""Applications that do more than answer, on Unix sockets in the folder that is its argument. web.app has a WebSocket
(/socket) that says who calls and then what it hears; server-sent events (/events), of which the second waits for a
request of /go-on; and a file that can be had in parts (/file). calls.app answers two calls of gRPC: /echo.Echo/Say
and the stream /echo.Echo/Talk, each with who calls before what it was told."""
import asyncio
import os
import sys

import grpc
from aiohttp import web

FOLDER = sys.argv[1]
go_on = asyncio.Event()


def caller(headers):
    """Who calls, and what it must not be told: the session's cookie and its token."""
    return "%s|%s|%s|" % tuple(headers.get(name) for name in ("x-session-user", "cookie", "authorization"))


async def socket(request):
    answer = web.WebSocketResponse()
    await answer.prepare(request)
    await answer.send_str(caller(request.headers))
    async for message in answer:
        await answer.send_str(message.data)
    return answer


async def events(request):
    answer = web.StreamResponse(headers={"Content-Type": "text/event-stream", **dict(request.query)})
    await answer.prepare(request)
    await answer.write(b"data: %s\n\n" % caller(request.headers).encode())
    await go_on.wait()
    go_on.clear()
    await answer.write(b"data: the end\n\n")
    return answer


async def release(_request):
    go_on.set()
    return web.Response(status=204)


async def file(_request):
    return web.FileResponse(os.path.join(FOLDER, "files", "letters"))


class Echo(grpc.GenericRpcHandler):
    def service(self, details):
        if details.method == "/echo.Echo/Say":
            return grpc.unary_unary_rpc_method_handler(self.say)
        return grpc.stream_stream_rpc_method_handler(self.talk) if details.method == "/echo.Echo/Talk" else None

    @staticmethod
    async def say(words, context):
        return caller(dict(context.invocation_metadata())).encode() + words

    async def talk(self, requests, context):
        async for words in requests:
            yield await self.say(words, context)


async def serve():
    application = web.Application()
    application.add_routes([web.get("/socket", socket), web.get("/events", events), web.get("/go-on", release),
                            web.get("/file", file)])
    runner = web.AppRunner(application)
    await runner.setup()
    await web.UnixSite(runner, os.path.join(FOLDER, "web.app")).start()
    calls = grpc.aio.server()
    calls.add_generic_rpc_handlers([Echo()])
    calls.add_insecure_port("unix:" + os.path.join(FOLDER, "calls.app"))
    await calls.start()
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(serve())
