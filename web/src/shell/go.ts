import { useRouter } from "@tanstack/react-router";
import type { MouseEvent } from "react";

/** What makes a link go to a page of the console without loading it anew. */
export interface Way {
  href: string;
  onClick: (event: MouseEvent) => void;
}

/** Returns the way to a page by its path below the organization's. */
export function useGo(slug: string): (path: string) => Way {
  const router = useRouter();
  return (path) => {
    const href = `/o/${encodeURIComponent(slug)}${path}`;
    return {
      href,
      onClick: (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return; // another tab or window
        event.preventDefault();
        router.history.push(href);
      },
    };
  };
}
