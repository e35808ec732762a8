/** The page's own script, second part: filter, order and windows of the table without leaving the page. */
export const TABLE_SCRIPT = `
const filter = document.getElementById("filter");
const table = document.getElementById("table");

function ask(from) {
  const query = new URLSearchParams();
  const { q, show, sort, tag } = filter.elements;
  if (q.value !== "") query.set("q", q.value);
  if (show.value !== "all") query.set("show", show.value);
  if (sort.value !== "newest") query.set("sort", sort.value);
  if (/^[a-z0-9][a-z0-9._-]{0,31}$/.test(tag.value)) query.set("tag", tag.value);
  if (from > 0) query.set("from", String(from));
  const text = query.size === 0 ? "" : "?" + query;
  table.dataset.live = base + "/part/table" + text;
  document.getElementById("csv").href = base + "/experiments.csv" + text;
  history.replaceState(null, "", base + text);
  return renew(table);
}

if (filter !== null && table !== null) {
  // It is for a page without this script.
  filter.querySelector("button").hidden = true;
  let typing;
  filter.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => ask(0), 150);
  });
  filter.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(0);
  });
  table.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-from]");
    if (link === null || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    await ask(Number(link.dataset.from));
    document.getElementById("experiments").scrollIntoView();
  });
}
`;
