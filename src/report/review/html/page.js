"use strict";
(() => {
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const figures = JSON.parse(document.getElementById("figures").textContent);

  // The slider chooses among values that were all calculated before; nothing is calculated here.
  const traffic = document.getElementById("traffic");
  const show = () => {
    const stop = Number(traffic.value);
    const of = (series) => figures.series[Number(series)][stop];
    for (const element of all("[data-live]")) element.textContent = of(element.dataset.live);
    for (const bar of all("[data-live-width]")) bar.setAttribute("width", of(bar.dataset.liveWidth));
    for (const bar of all("[data-live-class]")) bar.setAttribute("class", of(bar.dataset.liveClass));
    traffic.setAttribute("aria-valuetext", figures.factors[stop] + " times the traffic of the model");
  };
  traffic.value = figures.base;
  traffic.addEventListener("input", show);
  show();

  const search = document.getElementById("search");
  const found = document.getElementById("found");
  const places = all("[data-find]").map((element) => [element, element.textContent.toLowerCase()]);
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const [element, text] of places) {
      const isWanted = words.every((word) => text.includes(word));
      element.hidden = !isWanted;
      if (isWanted) count += 1;
    }
    found.textContent = words.length ? count + " of " + places.length : "";
  });

  // A number, whatever words stand before it; nothing for a text.
  const amount = (text) => {
    const digits = /-?\d[\d,]*(\.\d+)?/.exec(text);
    return digits ? Number(digits[0].replaceAll(",", "")) : NaN;
  };
  const sort = (table, column, heading) => {
    const isNumber = heading.classList.contains("n");
    const isUp = heading.getAttribute("aria-sort") === (isNumber ? "descending" : "ascending") ? isNumber : !isNumber;
    for (const other of all("th", table.tHead)) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", isUp ? "ascending" : "descending");
    // A table sorts its rows, or its bodies where each is one thing.
    const bodies = [...table.tBodies];
    const parts = bodies.length > 1 ? bodies : [...bodies[0].rows];
    const value = (part) => {
      let at = 0;
      for (const cell of (part.rows ? part.rows[0] : part).cells) {
        if (at <= column && column < at + cell.colSpan) {
          const text = cell.textContent.trim();
          return isNumber ? amount(text) : text;
        }
        at += cell.colSpan;
      }
      return isNumber ? NaN : "";
    };
    const rows = parts.map((part) => [part, value(part)]);
    rows.sort(([, a], [, b]) => {
      if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
      return (a < b ? -1 : a > b ? 1 : 0) * (isUp ? 1 : -1);
    });
    (bodies.length > 1 ? table : bodies[0]).append(...rows.map(([part]) => part));
  };
  for (const table of all("table[data-sortable]")) {
    all("thead th", table).forEach((heading, column) => {
      if (heading.classList.contains("chart") || !heading.textContent.trim() || heading.querySelector(".hidden")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => sort(table, column, heading));
    });
  }

  document.getElementById("tools").hidden = false;
})();
