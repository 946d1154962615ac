import { useCallback, useEffect, useRef, useState } from "react";

/** A value that follows what is set a moment after the last change. */
export function useDebounced(wait: number): [value: string, set: (to: string) => void] {
  const [value, setValue] = useState("");
  const timer = useRef<number>(undefined);
  useEffect(
    () => () => {
      window.clearTimeout(timer.current);
    },
    [],
  );
  const set = useCallback(
    (to: string) => {
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => {
        setValue(to);
      }, wait);
    },
    [wait],
  );
  return [value, set];
}
