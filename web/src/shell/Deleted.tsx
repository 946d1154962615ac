import { Button } from "@fluentui/react-components";
import { DeleteRegular } from "@fluentui/react-icons";
import { messages } from "../messages/common";
import { EmptyState } from "../ui/EmptyState";

const said = messages.gone;

/** Instead of a page of an organization that was deleted. Whoever has a role there is led to where it is restored. */
export function Deleted({ name, settings }: { name: string; settings: string | undefined }) {
  return (
    <EmptyState
      as="h1"
      icon={<DeleteRegular />}
      title={said.title(name)}
      text={settings === undefined ? said.askOwner : said.text}
      action={
        settings !== undefined && (
          <Button as="a" href={settings} appearance="primary">
            {said.action}
          </Button>
        )
      }
    />
  );
}
