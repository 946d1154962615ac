import { useQuery } from "@tanstack/react-query";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { statusesQuery } from "../../api/sources";
import { toolsQuery } from "../../api/tools";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { ToolsView } from "./ToolsView";

/** The tools of an organization, and what waits for review. */
export function ToolsPage() {
  const { organization } = usePlace();
  const org = organization.slug;
  const filter = useSearch({ from: "/o/$org/tools" });
  const list = useQuery(toolsQuery(org));
  const statuses = useQuery(statusesQuery(org));
  const navigate = useNavigate();
  const router = useRouter();
  const error = list.error ?? statuses.error;
  return (
    <ToolsView
      organization={organization.name}
      tools={list.data}
      pending={statuses.data?.filter((s) => s.pending > 0).map((s) => ({ source: s.source, count: s.pending })) ?? []}
      filter={filter}
      onFilter={(search) => {
        void navigate({ to: "/o/$org/tools", params: { org }, search, replace: true });
      }}
      trouble={error ? troubleOf(error) : undefined}
      again={() => {
        void list.refetch();
        void statuses.refetch();
      }}
      toTool={(tool) => {
        const to = { to: "/o/$org/tools/$tool", params: { org, tool } } as const;
        return { address: router.buildLocation(to).href, go: () => void navigate(to) };
      }}
      toSource={(source) => {
        const to = { to: "/o/$org/tools/sources/$source", params: { org, source } } as const;
        return { address: router.buildLocation(to).href, go: () => void navigate(to) };
      }}
      onSources={() => {
        void navigate({ to: "/o/$org/tools/sources", params: { org } });
      }}
    />
  );
}
