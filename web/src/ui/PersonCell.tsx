import { Badge, Link, makeStyles, Text, tokens } from "@fluentui/react-components";
import type { MouseEvent } from "react";
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

interface Way {
  href: string;
  onClick: (event: MouseEvent) => void;
}

/** Somebody of a directory, and the way to what else is known of them. */
export function PersonCell({ person, way }: { person: Person; way?: Way }) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      <span className={styles.name}>
        {way ? (
          <Link {...way}>
            <bdi>{person.name}</bdi>
          </Link>
        ) : (
          <Text weight="semibold">
            <bdi>{person.name}</bdi>
          </Text>
        )}
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
