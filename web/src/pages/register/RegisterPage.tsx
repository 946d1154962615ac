import { useQuery } from "@tanstack/react-query";
import { Navigate, useNavigate } from "@tanstack/react-router";
import { sessionQuery } from "../../api/session";
import { useClaim } from "../../api/setup";
import { Unread } from "../../shell/Unread";
import { troubleOf } from "../../trouble";
import { FailurePage } from "../../ui/Failure";
import { Loading } from "../../ui/Loading";
import { RegisterView } from "./RegisterView";

/** Where a directory becomes an organization; whoever has a role in it goes on to its set-up. */
export function RegisterPage() {
  const session = useQuery(sessionQuery);
  const claim = useClaim();
  const navigate = useNavigate();
  if (session.error && !session.data) return <FailurePage trouble={troubleOf(session.error)} again={() => void session.refetch()} />;
  if (!session.data) return <Loading />;
  const own = session.data.organization;
  if (own?.role) return <Navigate to="/o/$org/setup" params={{ org: own.slug }} search={{}} replace />;
  return (
    <>
      <Unread error={session.error} again={() => void session.refetch()} />
      <RegisterView
        session={session.data}
        busy={claim.isPending}
        trouble={claim.error ? troubleOf(claim.error) : undefined}
        onRegister={(wanted) => {
          claim.mutate(wanted, { onSuccess: ({ slug }) => void navigate({ to: "/o/$org/setup", params: { org: slug }, search: {} }) });
        }}
      />
    </>
  );
}
