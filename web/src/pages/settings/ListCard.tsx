import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons";
import type { ReactNode } from "react";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { Failure, type Trouble } from "../../ui/Failure";

const useStyles = makeStyles({ text: { display: "block", color: tokens.colorNeutralForeground2, maxWidth: "80ch", marginBottom: tokens.spacingVerticalM } });

/** What every list of the settings is given. */
export interface Listed<T> {
  rows: T[] | undefined;
  trouble: Trouble | undefined;
  again: () => void;
}

interface Props<T> {
  title: string;
  text: string;
  add?: { label: string; onAdd: () => void }; // undefined: the role may not
  columns: Column<T>[];
  list: Listed<T>;
  keyOf: (row: T) => string;
  unread?: Trouble; // what could not be opened
  empty: { icon: ReactNode; title: string; text: string };
}

/** A list of something that an organization has decided, and the way to add to it. */
export function ListCard<T>({ title, text, add, columns, list, keyOf, unread, empty }: Props<T>) {
  const styles = useStyles();
  const button = add && (
    <Button appearance="primary" icon={<AddRegular />} onClick={add.onAdd}>
      {add.label}
    </Button>
  );
  return (
    <Card title={title} actions={button}>
      <Text className={styles.text}>{text}</Text>
      {unread && <Failure trouble={unread} />}
      <DataTable label={title} columns={columns} rows={list.rows} keyOf={keyOf} trouble={list.trouble} again={list.again} empty={<EmptyState {...empty} />} />
    </Card>
  );
}
