"""`casebridge` on a shell's PATH that is forked where all is loaded, in place of a Python that loads it anew.

What is typed talks to this process by a socket: it hands over its arguments, environment, folder and output,
and ends with the exit code of what was forked. Where it is killed, that is killed too.
"""

import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from tests.servers.warm_python import WarmPython

_BYTES: Final = 65_536
_LOOK_EVERY_S: Final = 0.05
# Python alone, without site-packages: it starts in some hundredths of a second.
_SCRIPT: Final = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as talk:
    talk.connect({address!r})
    order = {{"arguments": sys.argv[1:], "env": dict(os.environ), "cwd": os.getcwd()}}
    line = json.dumps(order).encode() + b"\\n"
    talk.sendall(line[socket.send_fds(talk, [line], [1]):])
    sys.exit(int(talk.recv(16) or b"1"))
"""


class WarmCommand:
    """Serves the script at `path`, which runs `python -m module` with what was typed behind it."""

    def __init__(self, warm: WarmPython, module: str, path: Path) -> None:
        self._warm, self._module = warm, module
        # Not beside the script: the name of a socket may have a hundred letters.
        self._folder = Path(tempfile.mkdtemp(prefix="cbtest-"))
        self._address = self._folder / "socket"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._address))
        self._listener.listen()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        path.write_text(_SCRIPT.format(python=sys.executable, address=str(self._address)), encoding="utf-8")
        path.chmod(0o755)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(30)
        self._listener.close()
        shutil.rmtree(self._folder)

    def _accept(self) -> None:
        with suppress(OSError):  # the listener was shut down
            while True:
                talk, _ = self._listener.accept()
                thread = threading.Thread(target=self._run, args=(talk,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _run(self, talk: socket.socket) -> None:
        with talk:
            line, outputs, _, _ = socket.recv_fds(talk, _BYTES, 1)
            while line and not line.endswith(b"\n"):
                line += talk.recv(_BYTES)
            if not line:
                return  # killed before it could say anything
            order = json.loads(line)
            child = self._warm.start(
                self._module, order["arguments"], order["env"], Path(order["cwd"]), output=outputs[0]
            )
            os.close(outputs[0])
            while child.poll() is None:
                if select.select([talk], [], [], _LOOK_EVERY_S)[0]:  # it says nothing more: it was killed
                    child.send_signal(signal.SIGKILL)
                    child.wait(30)
            with suppress(OSError):
                talk.sendall(str(child.returncode).encode())
