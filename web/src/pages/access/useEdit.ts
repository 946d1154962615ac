import { useState } from "react";
import { type AccessChange, useAccessChange } from "../../api/accesschanges";
import type { Tagged } from "../../api/tagged";
import { lastChangeOf } from "../../api/lastchange";
import { statusOf } from "../../api/problem";
import { includes } from "../../api/roles";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import type { Trouble } from "../../ui/Failure";
import type { Meanwhile } from "./Conflict";

interface Edited<T> {
  read: () => Promise<Tagged<T>>; // as it is now
  id: string; // as the log names it
  name: string;
  describe: (now: T) => string[];
}

export interface Edit {
  tag: string; // what a change has to name
  busy: boolean;
  trouble: Trouble | undefined;
  meanwhile: Meanwhile | undefined;
  save: (change: AccessChange, done: () => void) => void;
}

/** Saves a change of what was read before, and finds out what somebody else has changed meanwhile. */
export function useEdit<T>(tag: string, edited: Edited<T> | undefined): Edit {
  const { organization, held } = usePlace();
  const change = useAccessChange(organization.slug);
  const [fresh, setFresh] = useState(tag);
  const [meanwhile, setMeanwhile] = useState<Meanwhile>();
  const look = async ({ read, id, name, describe }: Edited<T>) => {
    const by = includes(held, "auditor") ? await lastChangeOf(organization.slug, id) : undefined;
    try {
      const now = await read();
      setFresh(now.tag);
      setMeanwhile({ name, by, now: describe(now.value) });
    } catch {
      setMeanwhile({ name, by, now: undefined });
    }
  };
  const save = (wanted: AccessChange, done: () => void) => {
    setMeanwhile(undefined);
    change.mutate(wanted, {
      onSuccess: done,
      onError: (error) => {
        const gone = statusOf(error) === 404 && wanted.do !== "createAssignment";
        if (edited && (statusOf(error) === 412 || gone)) void look(edited);
      },
    });
  };
  return { tag: fresh, busy: change.isPending, trouble: change.error && !meanwhile ? troubleOf(change.error) : undefined, meanwhile, save };
}
