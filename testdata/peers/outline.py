#!/usr/bin/env python3
"""Asks a language server for the outline of files, to compare ours with it.

    outline.py SERVER FILE...       SERVER: gopls, pyright, tsserver or clangd

Prints one JSON object per line and file: {"file": path, "symbols": [DocumentSymbol...]}, the hierarchical
answer to textDocument/documentSymbol as the server gave it. With --text prints instead, per symbol, one line
"kind name" indented by its depth in source order, which is what diffs well. With --details a line is
"line name | detail", with the detail that editors show beside a name.

The server's program is --binary, else $PEER_<SERVER> (PEER_GOPLS, PEER_TSSERVER, ...), else the usual command
on PATH. All files are opened in one session under --root, else in the nearest directory above the first file
that holds a marker of the language's build (go.mod, tsconfig.json, ...). --root DIR with an empty directory
makes pyright and tsserver fast: their outlines are a matter of the one file.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import threading

COMMANDS = {
    "gopls": ["gopls", "serve"],
    "pyright": ["pyright-langserver", "--stdio"],
    "tsserver": ["typescript-language-server", "--stdio"],
    "clangd": ["clangd", "--background-index=false", "--log=error"],
}

ROOT_MARKERS = {
    "gopls": ["go.work", "go.mod"],
    "pyright": ["pyrightconfig.json", "pyproject.toml", "setup.py"],
    "tsserver": ["tsconfig.json", "jsconfig.json", "package.json"],
    "clangd": ["compile_commands.json", "compile_flags.txt", ".clangd"],
}

LANGUAGE_IDS = {
    ".go": "go",
    ".py": "python", ".pyi": "python", ".pyw": "python",
    ".js": "javascript", ".mjs": "javascript", ".cjs": "javascript", ".jsx": "javascriptreact",
    ".ts": "typescript", ".mts": "typescript", ".cts": "typescript", ".tsx": "typescriptreact",
    ".c": "c", ".h": "c",
}

# SymbolKind of LSP 3.17, from 1.
KINDS = (
    "file module namespace package class method property field constructor enum interface function variable "
    "constant string number boolean array object key null enumMember struct event operator typeParameter"
).split()


class Server:
    """A language server on a pair of pipes. A reader thread answers what servers ask of their clients and
    hands the responses to whoever waits in request."""

    def __init__(self, command, timeout):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.timeout = timeout  # seconds per request
        self.changed = threading.Condition()
        self.responses = {}
        self.closed = False
        self.last_id = 0
        threading.Thread(target=self._read, daemon=True).start()

    def request(self, method, params):
        """Sends a request and returns its result. Raises RuntimeError on an error answer, on a timeout and
        when the server has gone."""
        with self.changed:
            self.last_id += 1
            number = self.last_id
        self._send({"id": number, "method": method, "params": params})
        with self.changed:
            self.changed.wait_for(lambda: number in self.responses or self.closed, self.timeout)
            response = self.responses.pop(number, None)
        if response is None:
            raise RuntimeError(f"{method}: no answer")
        if "error" in response:
            raise RuntimeError(f"{method}: {response['error']['message']}")
        return response.get("result")

    def notify(self, method, params):
        self._send({"method": method, "params": params})

    def _send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        with self.changed:
            self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
            self.process.stdin.flush()

    def _read(self):
        stream = self.process.stdout
        while header := stream.readline():
            length = None
            while header.strip():
                name, _, value = header.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
                header = stream.readline()
            if length is None:
                break
            message = json.loads(stream.read(length))
            if "method" in message and "id" in message:
                self._send({"id": message["id"], "result": answer(message)})
            elif "id" in message:
                with self.changed:
                    self.responses[message["id"]] = message
                    self.changed.notify_all()
        with self.changed:
            self.closed = True
            self.changed.notify_all()


def answer(request):
    """The result a client without settings gives to a server's request."""
    if request["method"] == "workspace/configuration":
        return [None for _ in request["params"]["items"]]
    return None


def initialize(server, root):
    kinds = {"valueSet": list(range(1, len(KINDS) + 1))}
    server.request("initialize", {
        "processId": os.getpid(),
        "rootUri": root.as_uri(),
        "workspaceFolders": [{"uri": root.as_uri(), "name": root.name}],
        "capabilities": {
            # clangd takes the kinds that a client knows from here, for outlines too.
            "workspace": {"configuration": True, "workspaceFolders": True, "symbol": {"symbolKind": kinds}},
            "textDocument": {"documentSymbol": {
                "hierarchicalDocumentSymbolSupport": True,
                "symbolKind": kinds,
                "tagSupport": {"valueSet": [1]},
            }},
        },
    })
    server.notify("initialized", {})


def outline(server, path):
    """Opens path, returns its DocumentSymbols and closes it again."""
    uri = path.as_uri()
    text = path.read_bytes().decode("utf-8", errors="replace")
    server.notify("textDocument/didOpen", {"textDocument": {
        "uri": uri, "version": 1, "text": text.removeprefix("\ufeff"),
        "languageId": LANGUAGE_IDS.get(path.suffix, path.suffix.lstrip(".")),
    }})
    try:
        return server.request("textDocument/documentSymbol", {"textDocument": {"uri": uri}}) or []
    finally:
        server.notify("textDocument/didClose", {"textDocument": {"uri": uri}})


def lines(symbols, depth=0):
    """The text form: "kind name" per symbol, children indented, siblings in source order."""
    def place(symbol):
        start = symbol["selectionRange"]["start"]
        return start["line"], start["character"]

    for symbol in sorted(symbols, key=place):
        yield "  " * depth + KINDS[symbol["kind"] - 1] + " " + symbol["name"]
        yield from lines(symbol.get("children") or [], depth + 1)


def details(symbols):
    """A line "line name | detail" per symbol, each before those inside of it."""
    for symbol in sorted(symbols, key=lambda s: (s["range"]["start"]["line"], s["range"]["start"]["character"])):
        yield f'{symbol["selectionRange"]["start"]["line"] + 1} {symbol["name"]} | {symbol.get("detail") or ""}'
        yield from details(symbol.get("children") or [])


def find_root(server, path):
    for directory in path.parents:
        if any((directory / marker).exists() for marker in ROOT_MARKERS[server]):
            return directory
    return path.parent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server", choices=sorted(COMMANDS))
    parser.add_argument("files", nargs="*", type=pathlib.Path, metavar="FILE", help="none: one per line on stdin")
    parser.add_argument("--binary", help="the server's program")
    parser.add_argument("--root", type=pathlib.Path, help="the workspace folder")
    parser.add_argument("--text", action="store_true", help='print "kind name" lines instead of JSON')
    parser.add_argument("--details", action="store_true", help='print "line name | detail" lines instead of JSON')
    parser.add_argument("--timeout", type=float, default=60, help="seconds to wait for an answer")
    args = parser.parse_args()

    files = args.files or [pathlib.Path(line.rstrip("\n")) for line in sys.stdin]
    files = [file.resolve() for file in files]
    if not files:
        parser.error("no files")
    command = list(COMMANDS[args.server])
    command[0] = args.binary or os.environ.get("PEER_" + args.server.upper()) or command[0]
    root = (args.root or find_root(args.server, files[0])).resolve()

    server = Server(command, args.timeout)
    failed = False
    try:
        initialize(server, root)
        for file in files:
            try:
                symbols = outline(server, file)
            except (OSError, RuntimeError) as err:
                print(f"{file}: {err}", file=sys.stderr)
                failed = True
                continue
            if args.text or args.details:
                if len(files) > 1:
                    print(f"# {file}")
                for line in details(symbols) if args.details else lines(symbols):
                    print(line)
            else:
                print(json.dumps({"file": str(file), "symbols": symbols}, ensure_ascii=False))
            sys.stdout.flush()
        server.request("shutdown", None)
        server.notify("exit", None)
        server.process.wait(timeout=5)
    finally:
        server.process.kill()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
