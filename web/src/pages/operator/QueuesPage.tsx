import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { queuesQuery } from "../../api/operator";
import { troubleOf } from "../../trouble";
import { QueuesView } from "./QueuesView";
import { TasksPanel } from "./TasksPanel";

const route = getRouteApi("/operator/queues");

/** What the workers have before them, and what nothing tries again. */
export function QueuesPage() {
  const list = useQuery(queuesQuery);
  const { queue } = route.useSearch();
  const navigate = route.useNavigate();
  const again = () => {
    void list.refetch();
  };
  return (
    <>
      <QueuesView
        queues={list.data?.items}
        trouble={list.error ? troubleOf(list.error) : undefined}
        again={again}
        onOpen={(name) => {
          void navigate({ search: { queue: name } });
        }}
      />
      {queue && (
        <TasksPanel
          queue={queue}
          onClose={() => {
            void navigate({ search: {} });
          }}
        />
      )}
    </>
  );
}
