import { Badge, makeStyles, Text, tokens } from "@fluentui/react-components";
import { messages } from "../messages/common";

const useStyles = makeStyles({
  root: { display: "grid", minWidth: 0 },
  name: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS, alignItems: "center" },
  faint: { color: tokens.colorNeutralForeground3 },
});

interface Person {
  name: string;
  username?: string;
  guest?: boolean;
}

/** Somebody of a directory. */
export function PersonCell({ person }: { person: Person }) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      <span className={styles.name}>
        <Text weight="semibold">
          <bdi>{person.name}</bdi>
        </Text>
        {person.guest && (
          <Badge appearance="outline" color="informative">
            {messages.guest}
          </Badge>
        )}
      </span>
      {person.username && (
        <Text size={200} className={styles.faint}>
          <bdi>{person.username}</bdi>
        </Text>
      )}
    </div>
  );
}
