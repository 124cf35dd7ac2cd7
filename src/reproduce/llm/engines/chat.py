"""The chat-completions protocol as pure functions: what is sent for a request, and what a response means."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from reproduce.llm.request import Answer, Finish, Request, Usage
from reproduce.llm.tokens import prompt_tokens, reply_tokens

TokensName = Literal["max_tokens", "max_completion_tokens"]
"""What an endpoint calls the longest reply."""

_TRANSIENT = frozenset({408, 409, 425, 429})
_OVERLOADED = frozenset({408, 429, 503, 504, 529})
_FILTERED = frozenset({"content_filter", "content_policy_violation", "invalid_prompt"})
_QUOTA = frozenset({"insufficient_quota", "billing_hard_limit_reached"})


@dataclass(frozen=True)
class Again:
    """A try that failed for a reason that may pass."""

    why: str
    overloaded: bool = False
    """The endpoint or the way to it has too much to do."""
    wait: float | None = None
    """Seconds after which the endpoint wants to be asked again."""


@dataclass(frozen=True)
class Refused:
    """A try that will fail as often as it is made."""

    status: int
    message: str
    """The endpoint's own words."""
    code: str = ""

    @property
    def filtered(self) -> bool:
        """The provider's content filter refused the prompt: an answer of its kind, not an error."""
        return self.code in _FILTERED


def payload(request: Request, tokens_name: TokensName = "max_tokens") -> dict[str, object]:
    """The body of one call. Everything in it is a field of the request."""
    sampling = request.sampling.model_dump(exclude_none=True)
    if "max_tokens" in sampling:
        sampling[tokens_name] = sampling.pop("max_tokens")
    messages = [{"role": message.role, "content": message.content} for message in request.messages]
    return {"model": request.model, "messages": messages, **sampling}


def understand(status: int, headers: Mapping[str, str], content: bytes) -> dict[str, Any] | Again | Refused:
    """The JSON of a response, or what else it means. A body that is cut off, empty or without a choice is asked for again."""
    try:
        body = json.loads(content)
    except ValueError:
        body = None
    if status == 200:
        if isinstance(body, dict) and _message(body) is not None:
            return body
        return Again("200 with a body that is no chat completion")
    message, code = _error(body, content)
    if code in _QUOTA:
        return Refused(status, message, code)
    if status in _TRANSIENT or status >= 500:
        return Again(f"{status} {message}", status in _OVERLOADED, retry_after(headers))
    return Refused(status, message, code)


def answer(body: Mapping[str, Any], request: Request) -> Answer:
    """The answer in a response. Where the endpoint counts no tokens, characters / 4 stand in."""
    message = _message(body) or {}
    refusal = message.get("refusal")
    text = message.get("content") or refusal or ""
    if isinstance(text, list):  # parts
        text = "".join(part.get("text", "") for part in text if isinstance(part, dict))
    finish: Finish = "stop"
    if refusal or body["choices"][0].get("finish_reason") == "content_filter":
        finish = "refusal"
    elif body["choices"][0].get("finish_reason") == "length":
        finish = "length"
    text = text.encode(errors="replace").decode()  # half a surrogate pair is JSON, but no text
    return Answer(text=text, finish=finish, usage=_usage(body.get("usage"), request, text), served=body.get("model"))


def filtered(request: Request) -> Answer:
    """The answer when the provider's filter refused the prompt: no text, and what was sent is paid."""
    return Answer(text="", finish="refusal", usage=_usage(None, request, ""))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from `retry-after-ms` or `Retry-After` (seconds or a date)."""
    try:
        if milliseconds := headers.get("retry-after-ms"):
            return max(0.0, float(milliseconds) / 1000)
        told = headers.get("Retry-After")
        if told is None:
            return None
        if told.replace(".", "", 1).isdigit():
            return float(told)
        return max(0.0, parsedate_to_datetime(told).timestamp() - time.time())
    except ValueError:
        return None


def _message(body: Mapping[str, Any]) -> dict[str, Any] | None:
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        return None
    message = choices[0].get("message")
    return message if isinstance(message, dict) else None


def _usage(found: object, request: Request, text: str) -> Usage:
    if not isinstance(found, dict) or not isinstance(found.get("prompt_tokens"), int):
        return Usage(prompt_tokens=prompt_tokens(request.messages), completion_tokens=reply_tokens(text))
    details = found.get("prompt_tokens_details") or {}
    return Usage(
        prompt_tokens=found["prompt_tokens"],
        completion_tokens=found.get("completion_tokens") or 0,
        cached_tokens=details.get("cached_tokens") or 0,
    )


def _error(body: object, content: bytes) -> tuple[str, str]:
    """Message and code of an error, in OpenAI's form or in those of other servers; one line."""
    found = body.get("error", body) if isinstance(body, dict) else body
    if isinstance(found, dict):
        message = found.get("message") or found.get("detail") or json.dumps(found)
        code = str(found.get("code") or found.get("type") or "")
    else:
        message, code = found or content.decode(errors="replace"), ""
    text = " ".join(str(message).split())
    return (text if len(text) <= 200 else f"{text[:197]}...") or "without a word", code
