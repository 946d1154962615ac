import { FluentProvider, webLightTheme } from "@fluentui/react-components";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";

/** Renders a view as the console does. */
export function show(view: ReactNode) {
  return render(<FluentProvider theme={webLightTheme}>{view}</FluentProvider>);
}
