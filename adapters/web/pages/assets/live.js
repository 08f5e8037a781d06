// What pages do beyond forms and links. Without it everything works; only nothing refreshes by itself.
(() => {
  "use strict";
  const KEY = "casebridge-paused";
  const stored = () => { try { return localStorage.getItem(KEY) === "yes"; } catch { return false; } };
  let paused = stored();
  const button = document.getElementById("pause");
  const notice = document.getElementById("not-refreshed");

  const show = () => {
    if (!button) return;
    button.hidden = !document.querySelector("[data-live]");
    button.setAttribute("aria-pressed", String(paused));
    button.lastElementChild.textContent = paused ? "Refreshing is paused" : "Pause refreshing";
  };
  button?.addEventListener("click", () => {
    paused = !paused;
    try { localStorage.setItem(KEY, paused ? "yes" : "no"); } catch { /* it holds for this page */ }
    show();
  });

  // A part that somebody is at is left alone: focus, marked text or an opened detail within it.
  const busy = (part) => {
    if (part.contains(document.activeElement) || part.querySelector("details[open], dialog[open]")) return true;
    const marked = document.getSelection();
    return Boolean(marked && !marked.isCollapsed && part.contains(marked.anchorNode));
  };

  document.addEventListener("htmx:before:request", (event) => {
    const part = event.target.closest?.("[data-live]");
    if (part && (paused || document.hidden || busy(part))) event.preventDefault();
  });
  // A page that was led elsewhere (to the sign-in), or an error, is no part of this page.
  document.addEventListener("htmx:before:response", (event) => {
    const answer = event.detail.ctx.response.raw;
    const part = event.target.closest?.("[data-live]");
    const well = answer.ok && !answer.redirected;
    if (notice) notice.hidden = well;
    if (!well || (part && busy(part))) event.preventDefault();
  });
  document.addEventListener("htmx:error", () => { if (notice) notice.hidden = false; });
  document.addEventListener("htmx:after:process", () => { offer(document); show(); mend(); });

  // Copying, where the browser can.
  const offer = (root) => {
    if (!navigator.clipboard) return;
    for (const copy of root.querySelectorAll("button[data-copy][hidden]")) copy.hidden = false;
  };
  document.addEventListener("click", async (event) => {
    const copy = event.target.closest?.("button[data-copy]");
    if (!copy) return;
    try {
      await navigator.clipboard.writeText(copy.dataset.copy);
      copy.lastElementChild.textContent = "Copied";
    } catch { copy.lastElementChild.textContent = "Select it instead"; }
  });

  // Boxes by the dozen: find as one types, tick what is shown, count what is ticked.
  for (const group of document.querySelectorAll("[data-boxes]")) {
    const boxes = [...group.querySelectorAll("input[type=checkbox]")];
    const tools = group.querySelector("[data-tools]");
    const told = group.querySelector("[data-told]");
    const count = () => {
      if (told) told.textContent = `${boxes.filter((box) => box.checked).length} of ${boxes.length} chosen`;
    };
    const shown = (box) => !box.closest("[data-box]").hidden;
    if (tools) {
      tools.hidden = false;
      tools.querySelector("input")?.addEventListener("input", (event) => {
        const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
        for (const box of boxes) {
          const row = box.closest("[data-box]");
          row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
        }
      });
      for (const tick of tools.querySelectorAll("button[data-tick]")) {
        tick.addEventListener("click", () => {
          for (const box of boxes.filter(shown)) box.checked = tick.dataset.tick === "all";
          count();
        });
      }
    }
    group.addEventListener("change", count);
    count();
  }

  // Cards of problems hold forms, so they are never refreshed: they are told when they are mended, unless
  // somebody is at one, or has chosen something in it.
  const mend = () => {
    const told = document.querySelector("[data-still]");
    if (!told) return;
    const still = new Map(told.dataset.still.trim().split(/\s+/).filter(Boolean).map((part) => part.split(":")));
    for (const card of document.querySelectorAll("[data-card]")) {
      const number = still.get(card.id);
      const touched = card.contains(document.activeElement) || card.dataset.touched;
      if (number === undefined && !touched) {
        const words = document.createElement("p");
        words.textContent = `Mended: ${card.querySelector("h3").textContent}`;
        words.setAttribute("role", "status");
        card.replaceChildren(words);
        card.className = "card good";
        delete card.dataset.card;
      } else if (number !== undefined) {
        const shown = card.querySelector("[data-count]");
        if (shown) shown.textContent = number === "1" ? "1 case" : `${Number(number).toLocaleString("en")} cases`;
      }
    }
  };
  document.addEventListener("change", (event) => {
    const card = event.target.closest?.("[data-card]");
    if (card) card.dataset.touched = "yes";
  });

  // Only one thing popped up at a time, and Escape closes it.
  const pops = () => document.querySelectorAll("details.pop[open]");
  document.addEventListener("click", (event) => {
    for (const pop of pops()) if (!pop.contains(event.target)) pop.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const pop of pops()) { pop.open = false; pop.querySelector("summary").focus(); }
  });
  for (const print of document.querySelectorAll("button[data-print][hidden]")) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  }
  offer(document);
  show();
})();
