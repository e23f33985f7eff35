// Ask this server for JSON, or the bucket to take a file.

/** A request that was refused or did not arrive. `message` is for people; `status` is 0 if there was no answer. */
export class ServerError extends Error {
  constructor(message, { status = 0, code = "" } = {}) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** -> the JSON of the answer. Rejects with a ServerError, or with the signal's reason. */
export async function ask(address, { method = "GET", headers = {}, body, signal } = {}) {
  const own = body === undefined ? {} : { "Content-Type": "application/json" };
  const answer = await request(address, {
    method, signal, headers: { Accept: "application/json", ...own, ...headers }, body: body && JSON.stringify(body),
  }, "The server cannot be reached.");
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const problem = await answer.json().catch(() => null);
  const message = problem?.detail ? [problem.detail, problem.hint].filter(Boolean).join(" ") : `The server answered ${answer.status}.`;
  throw new ServerError(message, { status: answer.status, code: problem?.code });
}

/** Send a body to the bucket with a presigned request: { url, method, headers }. */
export async function store({ url, method, headers }, body) {
  const answer = await request(url, { method, headers, body }, "The bucket cannot be reached.");
  if (!answer.ok) throw new ServerError(`The bucket refused the file (${answer.status}).`, { status: answer.status });
}

async function request(address, settings, unreachable) {
  try {
    return await fetch(address, settings);
  } catch {
    settings.signal?.throwIfAborted();
    throw new ServerError(unreachable);
  }
}
