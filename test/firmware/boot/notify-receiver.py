"""Receives what services tell systemd: a line of JSON for each datagram, with the program that sent it."""
import array
import json
import os
import socket
import sys

receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print(json.dumps({"listening": True}), flush=True)
while True:
    data, ancillary, _flags, _address = receiver.recvmsg(4096, socket.CMSG_SPACE(64))
    # A barrier is a descriptor that the sender waits for to be closed.
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            for descriptor in array.array("i", content[: len(content) - len(content) % 4]):
                os.close(descriptor)
    text = data.decode()
    if "BARRIER=1" not in text:
        print(json.dumps(text.splitlines()), flush=True)
