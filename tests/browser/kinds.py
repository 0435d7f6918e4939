"""Each kind of page there is, by an example: what is looked at by the tests of all pages and by the screenshots."""

KINDS = {
    "home": "/",
    "home-ar": "/?lang=ar",
    "search": "/search?q=border+security",
    "search-ar": "/search?q=%D8%AF%D9%81%D8%A7%D8%B9&lang=ar",
    "search-nothing": "/search?q=zyzzyva",
    "queries": "/queries",
    "ready-query": "/query/in-force-on?date=1975-06-01",
    "ready-query-ar": "/query/partners?lang=ar",
    "query-page": "/query",
    "query-page-answer": "/query?ready=in-force-on",
    "query-page-error": "/query?query=SELECT+%3Fx+%7B+%3Fx+a+ally%3AState+%3F+%7D",
    "query-page-ar": "/query?ready=cooperation-by-partner&lang=ar",
    "not-found": "/nowhere",
}
"""Name → path."""
