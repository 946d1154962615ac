import { FluentProvider, webLightTheme } from "@fluentui/react-components";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { type Place, PlaceContext } from "../shell/place";
import { Toasts } from "../ui/Toasts";
import { organization } from "./factories";

/** Shows a page at an address of its route, to an admin of Contoso unless it is said otherwise. */
export function visit(Page: () => ReactNode, path: string, address: string, place: Partial<Place> = {}) {
  const root = createRootRoute();
  const page = createRoute({
    getParentRoute: () => root,
    path,
    component: () => (
      <PlaceContext value={{ organization, held: ["admin"], visiting: true, ...place }}>
        <Page />
      </PlaceContext>
    ),
  });
  window.scrollTo = () => undefined; // nothing has a place here
  const router = createRouter({ routeTree: root.addChildren([page]), history: createMemoryHistory({ initialEntries: [address] }) });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <FluentProvider theme={webLightTheme}>
      <QueryClientProvider client={client}>
        <RouterProvider router={router as never} />
        <Toasts />
      </QueryClientProvider>
    </FluentProvider>,
  );
}
