// Fetch the current state of this page, as the server renders it.

/** -> { page, retryAfter }; null if the server cannot be reached. Reloads the page when the session has expired. */
export async function fetchPage() {
  const headers = { Accept: "text/html" };
  const response = await fetch(location.href, { headers, cache: "no-store" }).catch(() => null);
  if (response?.status === 401) location.reload();
  if (!response?.ok) return null;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return { page, retryAfter: Number(response.headers.get("Retry-After")) };
}
