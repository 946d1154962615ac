import { Button, makeStyles } from "@fluentui/react-components";
import { PersonProhibitedRegular } from "@fluentui/react-icons";
import { messages } from "../messages/common";
import { EmptyState } from "../ui/EmptyState";

const useStyles = makeStyles({ root: { maxWidth: "44rem", margin: "10vh auto 0" } });

/** Instead of the console, for whoever has no role: the way to what everybody has. */
export function NoRole({ slug }: { slug: string }) {
  return (
    <main className={useStyles().root}>
      <EmptyState
        as="h1"
        icon={<PersonProhibitedRegular />}
        title={messages.noRole.title}
        text={messages.noRole.text}
        action={
          <Button as="a" href={`/o/${slug}/me`} appearance="primary">
            {messages.noRole.action}
          </Button>
        }
      />
    </main>
  );
}
