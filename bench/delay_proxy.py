#!/usr/bin/env python3
"""delay_proxy: a loopback proxy that adds half of MILLISECONDS to each direction.

usage: delay_proxy.py PORT MILLISECONDS   (prints the address it listens on)
Bytes are held back, not slowed down: throughput stays, every round trip takes MILLISECONDS longer.
"""

import asyncio
import sys


async def pump(reader, writer, delay):
    """Passes chunks on after their delay, in order, however many are on their way."""
    queue = asyncio.Queue()
    loop = asyncio.get_running_loop()

    async def send():
        while True:
            due, chunk = await queue.get()
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            if not chunk:
                break
            writer.write(chunk)
            await writer.drain()
        writer.close()

    sender = asyncio.create_task(send())
    try:
        while chunk := await reader.read(262144):
            queue.put_nowait((loop.time() + delay, chunk))
    except ConnectionError:
        pass
    queue.put_nowait((loop.time() + delay, b""))
    try:
        await sender
    except ConnectionError:
        pass


async def main():
    port, delay = int(sys.argv[1]), float(sys.argv[2]) / 2000

    async def serve(client_reader, client_writer):
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(
            pump(client_reader, server_writer, delay), pump(server_reader, client_writer, delay)
        )

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print("127.0.0.1:%d" % server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
