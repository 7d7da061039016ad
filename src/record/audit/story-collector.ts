/** Stories of all sessions of a log, in one pass. */
import type { LogEntry } from './log-entry.ts'
import { sessionsOverAt } from './run-start.ts'
import type { SessionStory } from './session-story.ts'
import { StoryBuilder } from './story-builder.ts'

/** Tells each story as soon as its session is over. */
export class StoryCollector {
  readonly #onStory: (story: SessionStory) => void
  readonly #builders = new Map<string, StoryBuilder>()
  readonly #sessionsMax: number
  readonly #eventsMax: number

  constructor(
    onStory: (story: SessionStory) => void,
    limits: { readonly sessionsMax: number; readonly eventsMax: number },
  ) {
    this.#onStory = onStory
    this.#sessionsMax = limits.sessionsMax
    this.#eventsMax = limits.eventsMax
  }

  accept(entry: LogEntry): void {
    const isOver = sessionsOverAt(entry)
    if (isOver !== undefined) this.#end(isOver)
    if (entry.session === undefined) return
    const known = this.#builders.get(entry.session)
    // Somebody who comes to a pinhole of a session that is over does not begin it anew.
    if (known === undefined && entry.type === 'data.refused') return
    const builder = known ?? this.#begin(entry.session)
    builder.accept(entry)
    if (!builder.isClosed) return
    this.#builders.delete(entry.session)
    this.#onStory(builder.story())
  }

  /** Tells of sessions whose end is not in the log. */
  end(): void {
    this.#end(() => true)
  }

  #end(isOver: (session: string) => boolean): void {
    for (const [session, builder] of this.#builders) {
      if (!isOver(session)) continue
      this.#builders.delete(session)
      this.#onStory(builder.story())
    }
  }

  /** With too many open at once, the oldest is told as far as it is known. */
  #begin(session: string): StoryBuilder {
    if (this.#builders.size >= this.#sessionsMax)
      for (const [oldest, builder] of this.#builders) {
        this.#builders.delete(oldest)
        this.#onStory(builder.story())
        break
      }
    const builder = new StoryBuilder(session, this.#eventsMax)
    this.#builders.set(session, builder)
    return builder
  }
}
