import { useQuery } from "@tanstack/react-query";
import { accessToolsQuery } from "../../api/access";
import { usePlace } from "../../shell/place";

/** Permission names of what is switched on, as far as they have come. */
export function useToolNames(): string[] {
  const tools = useQuery(accessToolsQuery(usePlace().organization.slug));
  return (tools.data ?? []).filter((tool) => tool.enabled).map((tool) => tool.name);
}
