// Makes pages nicer; every page works without it. Nothing here builds HTML from text.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");
  const utc = root.hasAttribute("data-utc");
  const zone = utc ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone;
  const format = new Intl.DateTimeFormat("sv-SE", {
    dateStyle: "short", timeStyle: "medium", ...(utc ? { timeZone: "UTC" } : {}),
  });
  // Ages are told by the platform's clock: the browser's may be off.
  const ahead = Date.now() - (Date.parse(root.dataset.now) || Date.now());

  const coarse = (s) => s < 60 ? `${Math.floor(s)} s` : s < 3600 ? `${Math.floor(s / 60)} min`
    : s < 172800 ? `${Math.floor(s / 3600)} h` : `${Math.floor(s / 86400)} d`;

  function exact(element) {
    const at = new Date(element.dateTime);
    return Number.isNaN(at.getTime()) ? null : `${format.format(at)} ${zone}`;
  }

  function times(within) {
    for (const element of within.querySelectorAll("time[datetime]")) {
      const words = exact(element);
      if (words === null) continue;
      element.title = words;
      if (!element.hasAttribute("data-relative")) element.textContent = words;
    }
  }

  function freshen() {
    const now = Date.now() - ahead;
    for (const element of document.querySelectorAll("time[data-relative]")) {
      const seconds = (now - new Date(element.dateTime).getTime()) / 1000;
      if (seconds >= 2) element.textContent = `${coarse(seconds)} ago`;
    }
  }

  const zoneNote = document.querySelector("[data-zone]");
  if (zoneNote) zoneNote.textContent = `Times in ${zone}`;
  times(document);
  setInterval(freshen, 10000);

  // Copy buttons: data-copy names the element whose text is meant.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const from = document.querySelector(button.dataset.copy);
    if (!from) return;
    const text = (from.value ?? from.textContent).trim();
    const words = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      // Without TLS there is no clipboard: select the text instead.
      const range = document.createRange();
      range.selectNodeContents(from);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = words; }, 1500);
  });

  // Facets would push the rows off a narrow screen.
  if (matchMedia("(max-width: 56rem)").matches) document.querySelector("details.facets")?.removeAttribute("open");

  // A choice that sends its form at once.
  for (const form of document.querySelectorAll("form[data-autosend]")) {
    form.addEventListener("change", () => form.requestSubmit());
  }

  // Questions before what cannot be taken back.
  document.addEventListener("submit", (event) => {
    const words = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
    if (words && !confirm(words)) event.preventDefault();
  });

  // Parts that stay fresh: the page is asked for again and its parts put in place.
  const live = document.querySelector("[data-live]");
  if (live) {
    const every = Math.max(2, Number(live.dataset.live) || 10) * 1000;
    const parts = () => [...document.querySelectorAll("[data-live-part]")];
    const look = async () => {
      if (document.hidden || parts().some((part) => part.contains(document.activeElement))) return;
      try {
        const answer = await fetch(location.href, { redirect: "error", cache: "no-store" });
        if (!answer.ok) return;
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const part of parts()) {
          const newer = fresh.querySelector(`[data-live-part="${CSS.escape(part.dataset.livePart)}"]`);
          if (newer && newer.outerHTML !== part.outerHTML) {
            const node = document.importNode(newer, true);
            part.replaceWith(node);
            times(node);
          }
        }
        const on = fresh.querySelector("[data-go]");
        if (on && !document.querySelector("[data-go]")) location.reload();
      } catch {
        // The platform is away: what is shown stays, the times say how old it is.
      }
    };
    setInterval(look, every);
  }

  // Keys.
  const rows = () => [...document.querySelectorAll("tbody tr")].filter((row) => row.querySelector("a"));
  let chord = 0;
  function move(step) {
    const all = rows();
    if (all.length === 0) return;
    const here = all.findIndex((row) => row.hasAttribute("data-here"));
    const next = Math.min(all.length - 1, Math.max(0, here < 0 ? 0 : here + step));
    all[here]?.removeAttribute("data-here");
    all[next].setAttribute("data-here", "");
    all[next].querySelector("a").focus({ preventScroll: true });
    all[next].scrollIntoView({ block: "nearest" });
  }
  const places = { h: "/", s: "/sensors", i: "/inventory", t: "/traffic", e: "/events", u: "/updates", c: "/configuration/internal" };
  document.addEventListener("keydown", (event) => {
    if (!root.hasAttribute("data-keys") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, dialog[open], [contenteditable]")) return;
    if (chord && Date.now() - chord < 1200) {
      chord = 0;
      if (places[event.key]) { event.preventDefault(); location.assign(places[event.key]); }
      return;
    }
    switch (event.key) {
      case "/": event.preventDefault(); document.getElementById("search")?.focus(); break;
      case "g": chord = Date.now(); break;
      case "j": event.preventDefault(); move(1); break;
      case "k": event.preventDefault(); move(-1); break;
      case "e": document.querySelector("[data-export]")?.click(); break;
      case "?": document.getElementById("keys-dialog")?.showModal(); break;
    }
  });
})();
