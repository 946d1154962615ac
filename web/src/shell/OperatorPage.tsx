import { Button, makeStyles } from "@fluentui/react-components";
import { PersonProhibitedRegular } from "@fluentui/react-icons";
import { useQuery } from "@tanstack/react-query";
import { Outlet } from "@tanstack/react-router";
import { sessionQuery } from "../api/session";
import { operator as said } from "../messages/operator";
import { troubleOf } from "../trouble";
import { EmptyState } from "../ui/EmptyState";
import { FailurePage } from "../ui/Failure";
import { Loading } from "../ui/Loading";
import { OperatorShell } from "./OperatorShell";
import { Unread } from "./Unread";

/** Lets in who runs the platform, as far as the session says; the server decides. */
export function OperatorPage() {
  const session = useQuery(sessionQuery);
  const again = () => {
    void session.refetch();
  };
  if (session.error && !session.data) return <FailurePage trouble={troubleOf(session.error)} again={again} />;
  if (!session.data) return <Loading />;
  if (!session.data.operator) return <NotYours />;
  return (
    <OperatorShell session={session.data}>
      <Unread error={session.error} again={again} />
      <Outlet />
    </OperatorShell>
  );
}

const useStyles = makeStyles({ root: { maxWidth: "44rem", margin: "10vh auto 0" } });

function NotYours() {
  return (
    <main className={useStyles().root}>
      <EmptyState
        as="h1"
        icon={<PersonProhibitedRegular />}
        title={said.notYours}
        text={said.notYoursText}
        action={
          <Button as="a" href="/" appearance="primary">
            {said.notYoursAction}
          </Button>
        }
      />
    </main>
  );
}
