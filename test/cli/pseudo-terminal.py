"""Runs a command with its stdin and stderr on a pseudo terminal, and its stdout in a pipe.

    python3 pseudo-terminal.py COLUMNS '[["text to wait for", "keys to send"], …]' COMMAND ARGS…

The result is one line of JSON: exit code, stdout, and what the terminal got.
"""
import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time

WAIT_SECONDS = 40

columns = int(sys.argv[1])
answers = json.loads(sys.argv[2])
primary, secondary = pty.openpty()
fcntl.ioctl(secondary, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
child = subprocess.Popen(sys.argv[3:], stdin=secondary, stderr=secondary, stdout=subprocess.PIPE, start_new_session=True)
os.close(secondary)
shown = ""
seen = 0
stdout = b""
end = time.monotonic() + WAIT_SECONDS
streams = {primary, child.stdout.fileno()}
while streams:
    ready, _, _ = select.select(list(streams), [], [], max(0, end - time.monotonic()))
    if not ready:
        child.kill()
        break
    for stream in ready:
        try:
            data = os.read(stream, 65536)
        except OSError:  # the other end of a terminal is gone
            data = b""
        if not data:
            streams.discard(stream)
        elif stream == primary:
            shown += data.decode("utf-8", "replace")
        else:
            stdout += data
    if answers:
        found = shown.find(answers[0][0], seen)
        if found >= 0:
            seen = found + len(answers[0][0])
            os.write(primary, answers.pop(0)[1].encode())
print(json.dumps({"code": child.wait(), "stdout": stdout.decode(), "terminal": shown, "unasked": [a[0] for a in answers]}))
