import { useEffect, useState } from "react";

/** What had the focus last outside of every dialog. */
let outside: HTMLElement | undefined;

const dialogs = "[role='dialog'], [role='alertdialog']";

/** Notes what has the focus before a dialog takes it. */
function noted(): HTMLElement | undefined {
  const now = document.activeElement;
  if (!(now instanceof HTMLElement) || now === document.body) return undefined;
  if (!now.closest(dialogs)) outside = now;
  return now;
}

/** How long what was acted on may stay before it goes. */
const patience = 10_000;

/** Focuses something; where it is the button of a row that goes now, then the page's content. */
function give(to: HTMLElement) {
  to.focus({ preventScroll: true });
  const changes = new MutationObserver(() => {
    if (to.isConnected) return;
    changes.disconnect();
    if (document.activeElement === document.body) document.querySelector("main")?.focus({ preventScroll: true });
  });
  changes.observe(document.body, { childList: true, subtree: true });
  setTimeout(() => { changes.disconnect(); }, patience);
}

/**
 * Gives the focus back when a dialog closes that nothing but its owner opens: to what had
 * it before, or, where that has gone, to what had it before the dialogs or to the content
 * of the page. Whoever uses a keyboard goes on from there.
 */
export function useFocusBack() {
  const [before] = useState(noted);
  useEffect(
    () => () => {
      requestAnimationFrame(() => {
        const now = document.activeElement;
        if (now && now !== document.body) return;
        const open = document.querySelector<HTMLElement>(dialogs) ?? undefined;
        const next = [before, open, outside, document.querySelector("main") ?? undefined].find((to) => to?.isConnected);
        if (next) give(next);
      });
    },
    [before],
  );
}
