// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Does nothing: what the spawners of test_loss execute. */
int main(void)
{
	return 0;
}
