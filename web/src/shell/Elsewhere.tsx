import { Button, makeStyles } from "@fluentui/react-components";
import { BuildingMultipleRegular } from "@fluentui/react-icons";
import { statusOf } from "../api/problem";
import type { Session } from "../api/session";
import { me as said } from "../messages/me";
import { EmptyState } from "../ui/EmptyState";
import { signInTo } from "../ui/Failure";

const useStyles = makeStyles({ root: { maxWidth: "44rem", margin: "10vh auto 0" } });

/** Whether an organization is hidden from somebody because they have signed in to another directory. */
export function isElsewhere(error: unknown, session: Session | undefined, slug: string): boolean {
  return session !== undefined && session.organization?.slug !== slug && statusOf(error) === 404;
}

/** Instead of a page of another organization: the way to its sign-in, and back to the page. */
export function Elsewhere({ slug }: { slug: string }) {
  return (
    <main className={useStyles().root}>
      <EmptyState
        as="h1"
        icon={<BuildingMultipleRegular />}
        title={said.elsewhere}
        text={said.elsewhereText}
        action={
          <Button as="a" appearance="primary" href={signInTo(slug, window.location.pathname + window.location.search)}>
            {said.signIn}
          </Button>
        }
      />
    </main>
  );
}
