"""Holds WebSockets open, and closes each within a second after its session has ended. How to set it up: live-server.conf."""
import asyncio, json, logging, os, time, urllib.parse
from datetime import datetime
import aiohttp
from aiohttp import web

SOCKET = os.environ.get("LIVE_SESSIOND", "/run/sessiond/internal.sock")
HOST, PORT = os.environ.get("LIVE_LISTEN", "127.0.0.1:8091").split(":")
URL = "http://sessiond/internal/v1/"
SILENCE = aiohttp.ClientTimeout(total=None, sock_read=20)  # sessiond says something every 15 seconds
open_ones = set()  # of One


class One:
    def __init__(self, headers):
        self.user, self.session = urllib.parse.unquote(headers["X-Session-User"]), headers["X-Session-Id"]
        self.serving = asyncio.current_task()

    def close(self):
        self.serving.cancel()


def client():
    return aiohttp.ClientSession(connector=aiohttp.UnixConnector(SOCKET), timeout=SILENCE, raise_for_status=True)


def closes(event, one):
    match event["event"]:
        case "ended": return one.session == event["session"]
        case "all-ended": return one.user == event["user"] and one.session != event.get("session")
        case "user-disabled": return one.user == event["user"]
        case "missed": return True  # clients come again, and are asked who they are


async def listen(begun):
    """Reads the events without end. After a break it goes on behind the last event that it has."""
    last = ""
    while True:
        try:
            async with client() as sessiond, sessiond.get(URL + "events", headers={"Last-Event-ID": last}) as events:
                async for line in events.content:
                    name, _, value = line.decode().strip().partition(": ")
                    if name == "data":
                        for one in [one for one in open_ones if closes(json.loads(value), one)]:
                            one.close()
                    if name == "id":
                        read = value
                    if not name:  # the end of an event
                        last = read
                        begun.set()
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            logging.warning("no events for now: %s", error)
        await asyncio.sleep(0.2)


async def look(one):
    """Is the session still there? Asked once the socket is in the list, as the event of its end may have come before
    that; when the session expires; and now and then, as no event tells that it was idle for too long."""
    while True:
        pause = 1
        try:
            async with client() as sessiond, sessiond.get(URL + f"users/{urllib.parse.quote(one.user, '')}/sessions") as answer:
                mine = [it for it in await answer.json() if it["id"] == one.session]
            if not mine:
                return one.close()
            end = datetime.fromisoformat(mine[0]["expires_at"].replace("Z", "+00:00")).timestamp()
            pause = min(300, max(0, end - time.time()) + 0.001)
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            logging.warning("cannot ask for a session: %s", error)
        await asyncio.sleep(pause)


async def serve(request):
    if urllib.parse.urlsplit(request.headers.get("Origin", "")).netloc != request.host:
        raise web.HTTPForbidden  # another site's page
    socket = web.WebSocketResponse(heartbeat=30)
    await socket.prepare(request)
    one = One(request.headers)
    open_ones.add(one)
    looking = asyncio.create_task(look(one))
    try:
        async for message in socket:
            await socket.send_str(f"{one.user} says {message.data}")  # yours
    except asyncio.CancelledError:
        await socket.close(code=4401, message=b"signed out")
    finally:
        open_ones.discard(one)
        looking.cancel()
    return socket


async def main():
    begun = asyncio.Event()
    reading = asyncio.create_task(listen(begun))
    await begun.wait()
    app = web.Application()
    app.add_routes([web.get("/{path:.*}", serve)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, HOST, int(PORT)).start()
    await reading

asyncio.run(main())
