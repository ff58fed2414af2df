"""The first screen (本日の期限・今日出すもの): what is overdue, due today and in the next seven days."""
