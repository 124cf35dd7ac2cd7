"""An OpenAI-shaped HTTP server on loopback, in a process of its own, with faults on demand. Standard library only.

    with serve() as server:
        server.script(faults=["429", "500"], latency=0.05)  # the first request gets a 429, the second a 500, all others "ok"
        ... server.url ...
        server.stats()  # {"requests": 3, "most": 1, "bodies": [...], "keys": [...]}

Answers depend on the messages only: `echo` names their hash, `formats` writes what the shipped prompts ask for.
Run by hand: `python tests/llm/loopback.py [latency]`.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

FAULTS = (
    "429", "quota", "500", "503", "drop", "truncated", "short", "empty", "loris", "hang", "400", "401", "403", "404", "422",
    "filter", "filtered", "refusal", "refused", "length", "surrogate", "uncounted", "never",
)  # fmt: skip
"""What can be scripted instead of "ok"."""


def reply(messages: Sequence[Mapping[str, str]], style: str) -> str:
    """The text of an answer; equal messages get equal texts."""
    digest = sha256(json.dumps([dict(message) for message in messages], sort_keys=True).encode()).digest()
    return f"echo {digest.hex()[:16]}" if style == "echo" else in_format(messages, digest)


def in_format(messages: Sequence[Mapping[str, str]], digest: bytes) -> str:
    """A reply in the format that the shipped prompts ask for, its content drawn from a hash."""
    first = messages[0]["content"]
    shown = "\n".join(message["content"] for message in messages)
    if "ALIGN:" in first:
        return page(re.findall(r"^(\d+)\. ", messages[1]["content"], re.MULTILINE), digest)
    if "DECISION:" in first:
        return f"DECISION: {'yes' if digest[0] % 2 else 'no'}\nREASON: The profile says so."
    if "Pros 1:" in first:
        return reasons(messages[-1]["content"], digest)
    if "RATING: a whole number" in first:
        return f"RATING: {digest[0] % 10}"
    if "DESCRIPTION: two or three" in first:
        return f"DESCRIPTION: I enjoy {WORDS[digest[0] % len(WORDS)].lower()}."
    if "PROFILE:" in first:
        return "PROFILE: Drama fan, Comedy enthusiast, Disinterest in War, Action (moderate interest)"
    if "[DEFECT]:" in first and "[REASON]:" in first and "Optimization" not in first:
        return f"[DEFECT]: {LABELS[digest[0] % 3]}\n[REASON]: The rating goes against what the profile says."
    if "Optimization Suggestions" in shown:
        return "- Optimization Suggestions:\n+ Add an interest in documentaries.\n\n- Justification: The rating shows it."
    if "Defect Type:" in shown:
        return f"Defect Type: {LABELS[digest[0] % 3]}"
    if found := re.findall(r"\[PROFILE_START\](.*?)\[PROFILE_END\]", shown, re.DOTALL):
        return f"{found[-1].strip()}, {WORDS[digest[0] % len(WORDS)]}"
    return f"Averse to {WORDS[digest[0] % len(WORDS)].lower()}"


def page(positions: Sequence[str], digest: bytes) -> str:
    """A verdict for every position, and the first item that is liked is selected."""
    liked = [at for at in positions if digest[int(at) % 32] % 3 == 0]
    verdicts = [f"{at}. ALIGN: {'yes' if at in liked else 'no'}; REASON: as the profile says" for at in positions]
    chosen = [f"SELECT: {liked[0]}", f"RATING: {1 + digest[0] % 5}"] if liked else ["SELECT: none", "RATING: none"]
    return "\n".join([*verdicts, *chosen, "NEXT: continue"])


def reasons(asked: str, digest: bytes) -> str:
    """Three reasons on every side that is asked for."""
    sides = [side for side in ("Pros", "Cons") if f"three {side} of" in asked] or ["Pros", "Cons"]
    return "\n".join(
        f"{side} {n}: so it is\nEvidence: as told\nKeywords: {WORDS[digest[n] % len(WORDS)].lower()} {side.lower()}"
        for side in sides
        for n in (1, 2, 3)
    )


LABELS = ("Inaccurate", "Incomplete", "Inaccurate & Incomplete")
WORDS = ("Westerns", "Documentaries", "Musicals", "Film noir", "Animation")


def completion(messages: Sequence[Mapping[str, str]], model: str, style: str) -> dict[str, object]:
    """The body of a good response."""
    text = reply(messages, style)
    sent = sum(len(message["content"]) for message in messages) // 4
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": f"{model}-served",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": sent, "completion_tokens": len(text) // 4, "total_tokens": sent + len(text) // 4},
    }


@dataclass
class Script:
    """How the server behaves until it is told otherwise."""

    faults: tuple[str, ...] = ()
    """One per chat request, in the order of arrival."""
    then: str = "ok"
    """For all further requests."""
    latency: float = 0.0
    retry_after: str = "0.05"
    style: str = "echo"
    every: int = 0
    """With a number n, every n-th request beyond the list gets the next of `faults` again."""


class State:
    """What was asked so far."""

    def __init__(self) -> None:
        self.reset(Script())

    def reset(self, script: Script) -> None:
        self.script = script
        self.requests = self.flying = self.most = 0
        self.bodies: list[object] = []
        self.keys: list[str] = []

    def next_fault(self) -> str:
        at = self.requests
        self.requests += 1
        if self.script.every:
            return self.script.faults[at // self.script.every % len(self.script.faults)] if at % self.script.every == 0 else "ok"
        return self.script.faults[at] if at < len(self.script.faults) else self.script.then


class Http(asyncio.Protocol):
    """Just enough HTTP/1.1: keep-alive, Content-Length, one request at a time per connection."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        need = int(length[1]) if length else 0
        if len(rest) < need:
            return
        self.buffer = rest[need:]
        self.route(head.split(b" ", 2)[1].decode(), head.decode(), rest[:need])

    def route(self, path: str, head: str, body: bytes) -> None:
        if path == "/script":
            told = json.loads(body)
            self.state.reset(Script(**{**told, "faults": tuple(told.get("faults", ()))}))
            self.respond(200, {})
        elif path == "/stats":
            state = self.state
            self.respond(200, {"requests": state.requests, "most": state.most, "bodies": state.bodies, "keys": state.keys})
        elif path == "/v1/chat/completions":
            self.chat(head, json.loads(body))
        else:
            self.respond(404, {"error": {"message": f"no path {path}"}})

    def chat(self, head: str, body: dict[str, object]) -> None:
        state = self.state
        fault = state.next_fault()
        state.flying += 1
        state.most = max(state.most, state.flying)
        if len(state.bodies) < 1000:
            state.bodies.append(body)
            state.keys.append((re.search(r"authorization: (.*?)\r?$", head, re.IGNORECASE | re.MULTILINE) or ("", ""))[1])
        asyncio.get_running_loop().call_later(state.script.latency, self.finish, fault, body)

    def finish(self, fault: str, body: dict[str, object]) -> None:
        self.state.flying -= 1
        good = completion(body["messages"], str(body["model"]), self.state.script.style)  # type: ignore[arg-type]
        choice = good["choices"][0]  # type: ignore[index]
        if fault in BROKEN:
            BROKEN[fault](self, json.dumps(good).encode())
        elif fault in ERRORS:
            status, message, code = ERRORS[fault]
            headers = {"Retry-After": self.state.script.retry_after} if fault in ("429", "never") else {}
            self.respond(status, {"error": {"message": message, "code": code, "type": None}}, headers)
        else:
            if fault == "filter":
                choice["message"]["content"], choice["finish_reason"] = None, "content_filter"
            elif fault == "refusal":
                choice["message"] = {"role": "assistant", "content": None, "refusal": "I can't help with that."}
            elif fault == "refused":
                choice["message"]["content"] = "I'm sorry, but I cannot help with that."
            elif fault == "length":
                choice["finish_reason"] = "length"
            elif fault == "surrogate":
                choice["message"]["content"] = "half \ud83d of a pair"
            elif fault == "uncounted":
                del good["usage"]
            self.respond(200, good)

    def respond(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        self.send(status, json.dumps(body).encode(), headers)

    def send(self, status: int, content: bytes, headers: Mapping[str, str] | None = None, length: int | None = None) -> None:
        if self.transport.is_closing():
            return
        more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{more}Content-Length: "
        self.transport.write(f"{head}{len(content) if length is None else length}\r\n\r\n".encode() + content)

    def truncate(self, content: bytes) -> None:
        self.send(200, content[: len(content) // 2])

    def shorten(self, content: bytes) -> None:
        self.send(200, content[: len(content) // 2], length=len(content))
        self.transport.close()

    def trickle(self, content: bytes) -> None:
        self.send(200, b"", length=len(content))
        self.drip(content)

    def drip(self, content: bytes) -> None:
        if content and not self.transport.is_closing():
            self.transport.write(content[:4])
            asyncio.get_running_loop().call_later(0.05, self.drip, content[4:])


BROKEN = {
    "drop": lambda http, _: http.transport.close(),
    "truncated": Http.truncate,
    "short": Http.shorten,
    "empty": lambda http, _: http.send(200, b""),
    "loris": Http.trickle,
    "hang": lambda http, _: None,
}
ERRORS = {
    "429": (429, "Rate limit reached", "rate_limit_exceeded"),
    "never": (429, "Daily limit reached", "rate_limit_exceeded"),
    "quota": (429, "You exceeded your current quota", "insufficient_quota"),
    "500": (500, "The server had an error", "server_error"),
    "503": (503, "Overloaded", "overloaded"),
    "400": (400, "Unsupported value: 'temperature'", "unsupported_value"),
    "401": (401, "Incorrect API key provided", "invalid_api_key"),
    "403": (403, "Project has no access", "forbidden"),
    "404": (404, "The model does not exist", "model_not_found"),
    "422": (422, "extra fields not permitted", ""),
    "filtered": (400, "The response was filtered", "content_filter"),
}


class Server:
    """A running server."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        self.root = f"http://127.0.0.1:{int(process.stdout.readline())}"
        self.url = f"{self.root}/v1"

    def script(self, **script: object) -> None:
        """Forget what was asked and behave like this (see `Script`)."""
        self._call("/script", json.dumps(script).encode())

    def stats(self) -> dict[str, object]:
        """Chat requests so far, most at once, first bodies and keys."""
        return self._call("/stats")

    def _call(self, path: str, data: bytes | None = None) -> dict[str, object]:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.root}{path}", data, timeout=10) as response:
            return json.loads(response.read())


@contextmanager
def serve() -> Iterator[Server]:
    """A server in a process of its own, stopped at the end."""
    process = subprocess.Popen([sys.executable, str(Path(__file__))], stdout=subprocess.PIPE, text=True)
    try:
        yield Server(process)
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout:
            process.stdout.close()


async def main(latency: float) -> None:
    """Serve until killed; the first line on stdout is the port."""
    state = State()
    state.reset(Script(latency=latency, style="formats" if latency else "echo"))
    server = await asyncio.get_running_loop().create_server(lambda: Http(state), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 0.0))
