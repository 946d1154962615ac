import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

// A busy machine is slow, not wrong.
configure({ asyncUtilTimeout: 10_000 });

// What jsdom lacks and Fluent asks for.
window.matchMedia = (media) =>
  Object.assign(new EventTarget(), { media, matches: false, onchange: null, addListener: () => undefined, removeListener: () => undefined }) as MediaQueryList;
window.ResizeObserver = class {
  observe() {
    // nothing has a size here
  }
  unobserve() {
    // nothing has a size here
  }
  disconnect() {
    // nothing has a size here
  }
};

afterEach(cleanup);
