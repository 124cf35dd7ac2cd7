"""Engine `openai`: any OpenAI-compatible endpoint (OpenAI, vLLM, SGLang, Ollama, `transformers serve`), one or several.

aiohttp, not the SDK: a tenth of its CPU per call, and a total deadline (the SDK's timeout is per read, so that a server which
trickles bytes holds a call for ever). Methods await one answer each; how many are in flight adapts to the endpoint.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from reproduce.errors import EngineError, MissingExtra, ReproduceError
from reproduce.llm.engines import chat
from reproduce.llm.engines.abilities import Abilities, probe
from reproduce.llm.engines.chat import Again, Refused
from reproduce.llm.engines.pace import Outcome, Pace
from reproduce.llm.meter import Meter, Wire
from reproduce.llm.purse import Purse
from reproduce.llm.request import Answer, Asked, Request, Sampling

if TYPE_CHECKING:
    import aiohttp

OPENAI = "https://api.openai.com/v1"
_LONGEST_WAIT = 30.0
"""Seconds between two tries, at most."""
_PATIENCE = 300.0
"""An endpoint that wants to be left alone for longer than this many seconds ends the run."""


@dataclass
class Endpoint:
    """One base URL."""

    url: str
    flying: int = 0
    dead: bool = False
    """Nobody listened there, and no call to it has ever been answered."""
    answered: bool = False


@dataclass(frozen=True)
class Limits:
    """How hard and how long an endpoint is asked."""

    timeout: float
    """Seconds that one try may take in all."""
    attempts: int
    """Most tries of one call."""
    concurrency: int
    """Most calls in flight."""
    wait: float = 0.5
    """Seconds before the second try, before chance; doubled for each further one."""


class OpenAi:
    """Answers over HTTP. Transient failures are retried a bounded number of times; all others end the run at once."""

    name = "openai"

    def __init__(
        self, urls: Sequence[str], key: str | None, limits: Limits, meter: Meter, purse: Purse | None = None, probing: bool = True
    ) -> None:
        """Nothing is sent yet. Raises EngineError when no endpoint is named."""
        self.endpoints = [Endpoint(url.rstrip("/")) for url in urls or (OPENAI,)]
        if self.endpoints[0].url == OPENAI and not key:
            raise EngineError("no endpoint: set OPENAI_API_KEY, or `llm.base_url` in params.yaml to a server that needs no key")
        if odd := [endpoint.url for endpoint in self.endpoints if not endpoint.url.startswith(("http://", "https://"))]:
            raise EngineError(
                f"no endpoint: `{odd[0]}` should begin with http:// or https://; mend `llm.base_url` in params.yaml"
            )
        self.abilities: Abilities | None = None
        self._key = key
        self._limits = limits
        self._meter = meter
        self._purse = purse
        self._pace = Pace(limits.concurrency)
        self._probing = asyncio.Lock() if probing else None
        self._session: aiohttp.ClientSession | None = None
        self._stopped: ReproduceError | None = None
        self._end = asyncio.Event()

    async def answer(self, asked: Asked) -> Answer:
        """The reply to one request. After one EngineError or BudgetSpent nothing more is sent."""
        if self._stopped:
            raise self._stopped
        try:
            return await self._paid(asked)
        except ReproduceError as error:
            self._stop(error)
            raise

    async def examine(self, model: str) -> Abilities:
        """What the endpoint can do with a model, asked now. Raises EngineError."""
        return await self._probe(Request(model=model, messages=(), sampling=Sampling(temperature=None)))

    async def close(self) -> None:
        """Await the tries in flight, then close all connections."""
        self._stop(EngineError("the endpoint is no longer asked: the run has ended"))
        while self._pace.flying:
            await asyncio.sleep(0.01)
        if self._session:
            await self._session.close()

    def _stop(self, error: ReproduceError) -> None:
        """From now on nothing is sent; tries in flight go on, for they are paid."""
        self._stopped = self._stopped or error
        self._end.set()

    async def _paid(self, asked: Asked) -> Answer:
        tokens_name = await self._tokens_name(asked.request)
        amount = self._purse.reserve(asked.request) if self._purse else 0.0
        answer: Answer | None = None
        try:
            found = await self._exchange(chat.payload(asked.request, tokens_name), self._meter.wires[asked.prompt])
            answer = self._read(found, asked.request)
            return answer
        finally:
            if self._purse:
                self._purse.pay(amount, answer.usage if answer else None)

    def _read(self, found: dict[str, Any] | Refused, request: Request) -> Answer:
        return self._refused(found, request) if isinstance(found, Refused) else chat.answer(found, request)

    async def _exchange(self, body: Mapping[str, object], wire: Wire) -> dict[str, Any] | Refused:
        """Send one body until there is a response that will not change. Raises EngineError when the tries are used up."""
        data = json.dumps(body, ensure_ascii=False).encode()
        last = Again("nothing")
        for attempt in range(self._limits.attempts):
            if attempt:
                wire.retries += 1
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._end.wait(), self._wait(attempt, last))
            await self._pace.enter()
            outcome: Outcome = "failure"
            started = time.perf_counter()
            try:
                if self._stopped:
                    raise self._stopped
                found = await self._try(self._choose(), data)
                outcome = "success" if not isinstance(found, Again) else "pushback" if found.overloaded else "failure"
            finally:
                self._pace.leave(outcome)
            if not isinstance(found, Again):
                wire.live += 1
                wire.seconds.append(time.perf_counter() - started)
                return found
            last = found
        where = ", ".join(endpoint.url for endpoint in self.endpoints)
        raise EngineError(
            f"{where}: failed {self._limits.attempts} times in a row (last: {last.why}); all answers so far are kept, run again"
            " when the endpoint is well"
        )

    async def _try(self, endpoint: Endpoint, data: bytes) -> dict[str, Any] | Again | Refused:
        import aiohttp

        endpoint.flying += 1
        try:
            async with self._open().post(f"{endpoint.url}/chat/completions", data=data) as response:
                content = await response.read()
        except asyncio.TimeoutError:
            return Again(f"no whole answer within {self._limits.timeout:g} s", overloaded=True)
        except aiohttp.ClientConnectorError as error:
            return self._unreachable(endpoint, error)
        except aiohttp.ClientError as error:
            return Again(f"connection lost ({type(error).__name__})")
        finally:
            endpoint.flying -= 1
        endpoint.answered = True
        found = chat.understand(response.status, response.headers, content)
        if isinstance(found, Again) and (found.wait or 0) > _PATIENCE:
            raise EngineError(f"{endpoint.url}: wants to be asked again in {found.wait:.0f} s ({found.why}); run again then")
        return found

    def _unreachable(self, endpoint: Endpoint, error: aiohttp.ClientConnectorError) -> Again:
        """Nobody listens: at once the end when no endpoint has ever answered, else something that may pass."""
        why = error.os_error.strerror or str(error.os_error) or type(error.os_error).__name__
        endpoint.dead = not endpoint.answered
        if all(other.dead for other in self.endpoints):
            where = ", ".join(other.url for other in self.endpoints)
            raise EngineError(
                f"no endpoint answers at {where} ({why}); start it, or mend `llm.base_url` in params.yaml"
            ) from None
        return Again(why, wait=0.0 if endpoint.dead else None)

    def _choose(self) -> Endpoint:
        """The endpoint with the fewest calls in flight."""
        alive = [endpoint for endpoint in self.endpoints if not endpoint.dead]
        return min(alive or self.endpoints, key=lambda endpoint: endpoint.flying)

    def _refused(self, found: Refused, request: Request) -> Answer:
        """An answer when the content filter refused; else EngineError with the remedy."""
        if found.filtered:
            return chat.filtered(request)
        where = ", ".join(endpoint.url for endpoint in self.endpoints)
        fact = f"{where}: {found.status} {found.message}"
        if found.status == 401:
            raise EngineError(f"{fact}; set OPENAI_API_KEY to a key that this endpoint accepts")
        if found.status == 403:
            raise EngineError(f"{fact}; the key in OPENAI_API_KEY may not use `{request.model}`")
        if found.status == 404:
            raise EngineError(f"{fact}; mend `llm.model` (`{request.model}`) or `llm.base_url` in params.yaml")
        if found.status == 429:
            raise EngineError(f"{fact}; the account behind OPENAI_API_KEY has no money left, all answers so far are kept")
        raise EngineError(f"{fact}; the endpoint does not take this request for `{request.model}`")

    async def _tokens_name(self, request: Request) -> chat.TokensName:
        """Probe before the first call; which name this endpoint has for the longest reply. Raises EngineError."""
        if self._probing and self.abilities is None:
            async with self._probing:
                if self.abilities is None:
                    self.abilities = await self._probe(request)
        seen = self.abilities
        return seen.tokens_name or "max_tokens" if seen else "max_tokens"

    async def _probe(self, request: Request) -> Abilities:
        wire = Wire()

        async def send(body: Mapping[str, object]) -> dict[str, Any] | Refused:
            found = await self._exchange(body, wire)
            if isinstance(found, Refused) and found.status not in (400, 422):
                self._refused(found, request)
            return found

        seen = await probe(send, request.model)
        self._meter.notes["abilities"] = asdict(seen)
        if request.sampling.temperature == 0 and seen.tokens_name and not seen.temperature_zero:
            raise EngineError(f"`{request.model}` refuses temperature 0; set `llm.temperature: 1` in params.yaml")
        return seen

    def _wait(self, attempt: int, last: Again) -> float:
        """Seconds before the next try: what the endpoint said, else exponential with full jitter. Chance changes no result."""
        if last.wait is not None:
            return last.wait + random.uniform(0, min(0.25, last.wait))
        return random.uniform(0, min(_LONGEST_WAIT, self._limits.wait * 2 ** (attempt - 1)))

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            try:
                import aiohttp
            except ImportError:
                raise MissingExtra("engine `openai` needs `aiohttp`: pip install 'reproduce[llm]'") from None
            headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {self._key}"} if self._key else {})}
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=self._limits.timeout, sock_connect=10),
                headers=headers,
                trust_env=any(not endpoint.url.startswith(("http://127.", "http://localhost")) for endpoint in self.endpoints),
            )
        return self._session
